// What --help prints, made from the catalogue.
import {
  type CommandInfo,
  type CommandName,
  catalogue,
  commonOptions,
  type Option,
  type OptionName,
  options,
} from './catalogue.ts';

const commands: readonly (readonly [usage: string, says: string])[] = [
  ...Object.entries(catalogue).map(
    ([name, { operands, says }]) => [`${name} ${operands}`.trim(), says] as const,
  ),
  // Another program: it needs the server's own environment, and is handed over to before this one.
  ['setup WHAT...', "prepare a server's own database and bucket"],
];
const usageWidth = Math.max(...commands.map(([usage]) => `cricksy-ocr ${usage}`.length));

export function helpFor(name: CommandName): string {
  const { says, operands, options: own, examples }: CommandInfo = catalogue[name];
  return `cricksy-ocr ${`${name} ${operands}`.trim()}: ${says}

${[...own, ...commonOptions].map(optionLine).join('\n')}

For example
${examples.map((example) => `  cricksy-ocr ${example}`).join('\n')}
`;
}

export function help(): string {
  const lines = commands.map(([usage, says]) => commandLine(usage, says));
  return `cricksy-ocr: reads scorecards with a Cricksy OCR server

${lines.join('\n')}

For all commands
${commonOptions.map(optionLine).join('\n')}

CRICKSY_OPERATOR_TOKEN, else CRICKSY_API_TOKEN, is sent as bearer token when it is set.
Exit codes: 0 done, 1 something failed, 2 wrong usage, 3 no server, 4 timeout, 130 Ctrl-C,
141 nobody reads stdout any more.
`;
}

function commandLine(usage: string, says: string): string {
  return `  ${`cricksy-ocr ${usage}`.padEnd(usageWidth)}  ${says}`;
}

function optionLine(name: OptionName): string {
  const { value, says }: Option = options[name];
  return `  ${`--${name} ${value ?? ''}`.padEnd(23)}${says}`;
}
