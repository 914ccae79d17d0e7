/// <reference types="node" preserve="true" />
/// <reference lib="esnext.disposable" preserve="true" />
/** A page that shows in a browser what a system's actors do. */
export type { Dashboard, DashboardOptions } from './options.js';
export { serveDashboard } from './serve-dashboard.js';
