// completion: scripts for shells, made from the catalogue. Without a server.
import { type CommandInfo, catalogue, commonOptions, type Option, options } from '../catalogue.ts';
import { CommandError, type ExitCode, exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';

const commands: readonly [string, CommandInfo][] = Object.entries(catalogue);
const described: readonly [string, Option][] = Object.entries(options);
const names = [...commands.map(([name]) => name), 'setup', 'help'].join(' ');
const scripts: Record<string, () => string> = { bash, zsh, fish };

export async function completion({ given, print }: Session): Promise<ExitCode> {
  const script = scripts[given.operands[0] ?? ''];
  if (!script) throw new CommandError(exitCodes.usage, 'completion for bash, zsh or fish?');
  print(script());
  return exitCodes.done;
}

function flagsOf({ options: own }: CommandInfo): string {
  return [...own, ...commonOptions].map((name) => `--${name}`).join(' ');
}

/** Options whose value is a file or something that only the user knows. */
const valued = described
  .flatMap(([name, { value, choices }]) => (value && !choices ? [`--${name}`] : []))
  .join('|');

/** Choices by option, as cases of a shell. */
function choiceCases(answer: (choices: string) => string): string {
  return described
    .flatMap(([name, { choices }]) =>
      choices ? [`    --${name}) ${answer(choices.join(' '))} ;;`] : [],
    )
    .join('\n');
}

function commandCases(answer: (info: CommandInfo) => string): string {
  return commands.map(([name, info]) => `    ${name}) ${answer(info)} ;;`).join('\n');
}

function bash(): string {
  return `_cricksy_ocr() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words=
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${names}' -- "$word"))
    return
  fi
  case $before in
${choiceCases((choices) => `words='${choices}'`)}
    ${valued}) COMPREPLY=(); return ;;
  esac
  if [ -z "$words" ]; then
    case \${COMP_WORDS[1]} in
${commandCases(wordsInBash)}
    help) words='${names}' ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _cricksy_ocr cricksy-ocr
`;
}

/** Without words bash completes files. */
function wordsInBash(info: CommandInfo): string {
  const words = `words='${[...(info.choices ?? []), flagsOf(info)].join(' ')}'`;
  return info.operands.startsWith('FILE') ? `[[ $word != -* ]] || ${words}` : words;
}

function zsh(): string {
  return `#compdef cricksy-ocr
_cricksy_ocr() {
  if (( CURRENT == 2 )); then
    compadd ${names}
    return
  fi
  case \${words[CURRENT-1]} in
${choiceCases((choices) => `compadd ${choices}; return`)}
  esac
  case \${words[2]} in
${commandCases((info) => `compadd -- ${[...(info.choices ?? []), flagsOf(info)].join(' ')}`)}
  esac
  _files
}
compdef _cricksy_ocr cricksy-ocr
`;
}

function fish(): string {
  const lines = commands.flatMap(([name, info]) => {
    const seen = `-n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c cricksy-ocr -f -n __fish_use_subcommand -a ${name} -d '${info.says}'`,
      ...(info.choices ?? []).map((choice) => `complete -c cricksy-ocr -f ${seen} -a ${choice}`),
      ...[...info.options, ...commonOptions].map((option) => {
        const { value, says, choices }: Option = options[option];
        const wanted = choices ? ` -x -a '${choices.join(' ')}'` : value ? ' -r' : '';
        return `complete -c cricksy-ocr ${seen} -l ${option}${wanted} -d '${says}'`;
      }),
    ];
  });
  return `${lines.join('\n')}\n`;
}
