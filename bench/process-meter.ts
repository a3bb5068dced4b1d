import { readdirSync, readFileSync } from 'node:fs'

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

function processTree(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = parentOf(Number(name))
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const tree = [root]
  for (const pid of tree) tree.push(...(children.get(pid) ?? []))
  return tree
}

function statFields(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    // The process has ended between two looks.
    return null
  }
}

function parentOf(pid: number): number | null {
  const fields = statFields(pid)
  return fields === null ? null : Number(fields[1])
}

function readProcess(pid: number): { rssKib: number; cpuTicks: number } | null {
  const fields = statFields(pid)
  if (fields === null) return null
  return { rssKib: Number(fields[21]) * 4, cpuTicks: Number(fields[11]) + Number(fields[12]) }
}
