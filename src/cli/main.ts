import { asProblem, Problem, type ProblemCode } from '../problem.ts'
import { buildProgram, CommanderError } from './commands.ts'
import { makeContext, type Surroundings } from './context.ts'
import { Output } from './output.ts'
import { problemDocument, problemLines, stackLines } from './problem-text.ts'
import { summaryWithoutRun } from './summary-text.ts'

/** What the parser refused, in our words: the first line says what, a suggestion becomes the fix. */
function usageProblem(error: CommanderError, commandName: string | null): Problem {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n')
  const meant = /\(Did you mean (?:one of )?(.+)\?\)/.exec(rest.join(' '))?.[1]
  const help = commandName === null ? '`deskside --help`' : `\`deskside ${commandName} --help\``
  const fix =
    meant === undefined ? `Run ${help} to see what there is.` : `Did you mean ${meant}? ${help} shows what there is.`
  return new Problem('usage.invalid', {
    message: `${first.charAt(0).toUpperCase()}${first.slice(1)}${/[.?!]$/.test(first) ? '' : '.'}`,
    fix,
  })
}

/** Said as the user needs it: on stdout for machines, on stderr for people, and after a torn document never on stdout. */
async function reportProblem(
  error: unknown,
  surroundings: Surroundings,
  run: { isRun: boolean; orchestration: string | null; isJson: boolean; isDebug: boolean },
): Promise<number> {
  const { stdout, stderr, env } = surroundings
  const problem = asProblem(error)
  if (run.isJson && run.isRun) await stdout.json(summaryWithoutRun(run.orchestration, problem))
  else if (run.isJson && !stdout.isTouched) await stdout.json(problemDocument(problem))
  else await stderr.lines(problemLines(problem, stderr.style(env)))
  if (run.isDebug) await stderr.lines(stackLines(error))
  return problem.exitCode
}

/**
 * Runs one command line (without node and script) and returns its exit code: 0 done, 1 stopped by a problem, 2 usage or
 * configuration, 3 completed with alerts. Never throws.
 */
export async function main(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  // The parser may fail before it has read them, and machines need their answer in their form all the same.
  const run = {
    isRun: false,
    orchestration: null as string | null,
    isJson: argv.includes('--json'),
    isDebug: argv.includes('--debug'),
  }
  let exitCode = 0
  const texts: string[] = []
  let commandName: string | null = null
  const { program, commandNames } = buildProgram({
    width: Math.min(surroundings.stdout.style(surroundings.env).columns, 100),
    print: (text) => texts.push(text),
    execute: async (options, work) => {
      if (options.name === 'run') run.orchestration = options.subject
      exitCode = await work(makeContext(surroundings, options))
    },
  })
  try {
    commandName = argv.find((argument) => commandNames.includes(argument)) ?? null
    run.isRun = commandName === 'run'
    await program.parseAsync([...argv], { from: 'user' })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) return await reportProblem(error, surroundings, run)
    if (error.exitCode === 0) {
      await surroundings.stdout.write(texts.join(''))
      return 0
    }
    if (error.code === 'commander.help' && !run.isJson) {
      await surroundings.stderr.write(texts.join(''))
      return 2
    }
    if (error.code === 'commander.help') {
      return await reportProblem(
        new Problem('usage.invalid' satisfies ProblemCode, { message: 'No command was given.' }),
        surroundings,
        run,
      )
    }
    return await reportProblem(usageProblem(error, commandName), surroundings, run)
  }
}

/** Runs the command line of this process and ends it. */
export async function start(): Promise<never> {
  const stdout = new Output(process.stdout)
  const stderr = new Output(process.stderr)
  const exitCode = await main(process.argv.slice(2), { stdout, stderr, env: process.env, cwd: process.cwd() })
  await Promise.all([stdout.flush(), stderr.flush()])
  process.exit(exitCode)
}
