import { existsSync, readFileSync } from 'node:fs'

/** What a process and everything it started used. */
export interface Usage {
  /** Highest sum of resident memory of all its processes at one moment, MiB. */
  peakRssMib: number
  /** User and system time of all its processes, seconds. */
  cpuSeconds: number
}

const EVERY_MS = 20
/** Clock ticks of /proc are hundredths of a second on Linux. */
const TICKS_PER_SECOND = 100

/** Samples /proc from outside, so that the measured processes carry nothing. Linux only. */
export function meterProcess(pid: number): { stop(): Usage } {
  if (!existsSync(`/proc/self/task/${process.pid}/children`))
    throw new Error('This kernel does not tell the children of a process (CONFIG_PROC_CHILDREN).')
  const cpuByPid = new Map<number, number>()
  let peakKib = 0
  const sample = () => {
    let kib = 0
    for (const id of processTree(pid)) {
      const seen = readProcess(id)
      if (seen === null) continue
      kib += seen.rssKib
      cpuByPid.set(id, seen.cpuTicks)
    }
    peakKib = Math.max(peakKib, kib)
  }
  sample()
  const timer = setInterval(sample, EVERY_MS)
  return {
    stop: () => {
      clearInterval(timer)
      const ticks = [...cpuByPid.values()].reduce((sum, one) => sum + one, 0)
      return { peakRssMib: Math.round(peakKib / 1024), cpuSeconds: ticks / TICKS_PER_SECOND }
    },
  }
}

/** User and system time that one process has used so far. */
export function cpuSecondsOf(pid: number): number {
  return (readProcess(pid)?.cpuTicks ?? 0) / TICKS_PER_SECOND
}

/** Asked of the kernel: reading the parent of every process, 50 times a second, would itself take a tenth of a core. */
function processTree(root: number): number[] {
  const tree = [root]
  for (const pid of tree) tree.push(...childrenOf(pid))
  return tree
}

/** Node starts children from its first thread. */
function childrenOf(pid: number): number[] {
  const text = readProc(`${pid}/task/${pid}/children`)
  return text === null ? [] : text.split(' ').filter(Boolean).map(Number)
}

function readProc(path: string): string | null {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    // The process has ended between two looks.
    return null
  }
}

function readProcess(pid: number): { rssKib: number; cpuTicks: number } | null {
  const text = readProc(`${pid}/stat`)
  if (text === null) return null
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { rssKib: Number(fields[21]) * 4, cpuTicks: Number(fields[11]) + Number(fields[12]) }
}
