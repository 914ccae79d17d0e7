/** Options of a system, before anything is made of them. */
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { moduleUrl } from '../../core/system/options.js';

describe('a module among the options', () => {
  it('may be a URL, as such or as a text', () => {
    expect(moduleUrl(new URL('file:///app/providers.js'))).to.equal('file:///app/providers.js');
    expect(moduleUrl('file:///app/providers.js')).to.equal('file:///app/providers.js');
    expect(moduleUrl('node:fs')).to.equal('node:fs');
  });

  it('may be an absolute path, also with characters that a URL has to escape', () => {
    expect(moduleUrl('/my app/providers#1.js')).to.equal(pathToFileURL('/my app/providers#1.js').href);
  });

  it('may be the name of a package', () => {
    expect(moduleUrl('tsx')).to.equal('tsx');
    expect(moduleUrl('@scope/name/register')).to.equal('@scope/name/register');
  });
});
