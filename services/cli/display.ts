// What a person sees while files are read: on a terminal one line a file that changes, in a
// pipe one plain line for each step. Always on stderr; stdout belongs to the results.

export interface Display {
  /** The state of a file has changed. */
  show(file: string, state: string): void;
  /** Nothing more comes for this file. */
  finish(file: string, state: string): void;
  /** A line of its own. */
  note(line: string): void;
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export function createDisplay(stderr: Terminal): Display {
  return stderr.isTTY ? liveDisplay(stderr) : plainDisplay(stderr);
}

function plainDisplay(stderr: Terminal): Display {
  const last = new Map<string, string>();
  const line = (file: string, state: string) => {
    // Percentages are for eyes: a log needs the steps.
    const step = state.replace(/,? \d+ %$/, '');
    if (last.get(file) === step) return;
    last.set(file, step);
    stderr.write(`${file}: ${step}\n`);
  };
  return { show: line, finish: line, note: (text) => void stderr.write(`${text}\n`) };
}

function liveDisplay(stderr: Terminal): Display {
  const states = new Map<string, string>();
  let drawn = 0;
  const clear = () => {
    if (drawn > 0) stderr.write(`\x1b[${drawn}A\x1b[0J`);
    drawn = 0;
  };
  const draw = () => {
    // Some terminals do not know their width and say 0.
    const width = (stderr.columns || 80) - 1;
    for (const [file, state] of states) stderr.write(`${fit(file, state, width)}\n`);
    drawn = states.size;
  };
  const above = (text: string) => {
    clear();
    stderr.write(`${text}\n`);
    draw();
  };
  return {
    show(file, state) {
      if (states.get(file) === state) return;
      states.set(file, state);
      clear();
      draw();
    },
    finish(file, state) {
      states.delete(file);
      above(`${file}  ${state}`);
    },
    note: above,
  };
}

/** One line that does not wrap: of a long path the end is what tells files apart. */
function fit(file: string, state: string, width: number): string {
  const room = Math.max(8, width - 2 - state.length);
  const name = file.length > room ? `…${file.slice(1 - room)}` : file;
  return `${name}  ${state}`.slice(0, width);
}
