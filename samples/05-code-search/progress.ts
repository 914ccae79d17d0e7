import { SingleBar } from 'cli-progress';

/** How far indexing has come. */
export interface Progress {
  files: number;
  totalFiles: number;
  bytes: number;
  elapsedMs: number;
}

/** Shows the progress of indexing. */
export interface ProgressView {
  update(progress: Progress): void;
  end(): void;
}

/** A bar on a terminal; nothing at all where the output goes to a file or a pipe. */
export function progressView(stream: NodeJS.WriteStream): ProgressView {
  if (!stream.isTTY) return { update: () => {}, end: () => {} };
  const bar = new SingleBar({
    stream,
    format:
      '{bar} {percentage} % | {value}/{total} files | {filesPerSecond} files/s | {megabytesPerSecond} MB/s',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    fps: 10,
    hideCursor: true,
  });
  let isStarted = false;
  return {
    update(progress) {
      const figures = rates(progress);
      if (!isStarted) bar.start(progress.totalFiles, progress.files, figures);
      else bar.update(progress.files, figures);
      isStarted = true;
    },
    end() {
      bar.stop();
    },
  };
}

/** Files and megabytes a second, as they are shown. */
export function rates({ files, bytes, elapsedMs }: Progress): {
  filesPerSecond: string;
  megabytesPerSecond: string;
} {
  const seconds = Math.max(elapsedMs, 1) / 1000;
  return {
    filesPerSecond: (files / seconds).toFixed(0),
    megabytesPerSecond: (bytes / 1e6 / seconds).toFixed(1),
  };
}
