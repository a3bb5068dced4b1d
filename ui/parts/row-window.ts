import { useLayoutEffect, useRef, useState } from 'react'

export const ROW_PX = 36
/** Rows above and below what is seen that are there already. */
const OVERSCAN = 12
/** Browsers draw nothing beyond some height: Firefox after 17.9 million px, the others after 33.5. */
const MOST_PX = 15_000_000

/** Which rows of a list are in the page, `last` excluded, and the room that stands for the others. */
export interface RowWindow {
  first: number
  last: number
  abovePx: number
  belowPx: number
}

/** Of the region that scrolls, with the head of the table. */
interface Sizes {
  viewPx: number
  headPx: number
}

const listPx = (rows: number) => Math.min(rows * ROW_PX, MOST_PX)
/** How far a region with a list of such a height can be scrolled. */
const mostScrolledPx = (heightPx: number, { viewPx, headPx }: Sizes) => Math.max(0, heightPx + headPx - viewPx)

/**
 * The window of a list of so many rows. Where all of them are higher than browsers draw, the region is as high as they do, and scrolling goes
 * further than the rows move: its beginning, its end and every row between can be reached all the same.
 */
export function windowOf(rows: number, topPx: number, sizes: Sizes): RowWindow {
  const mostPx = mostScrolledPx(listPx(rows), sizes)
  const scrolledPx = Math.min(Math.max(0, topPx), mostPx)
  const placePx = mostPx === 0 ? 0 : (scrolledPx / mostPx) * mostScrolledPx(rows * ROW_PX, sizes)
  const first = Math.max(0, Math.floor(placePx / ROW_PX) - OVERSCAN)
  const last = Math.min(rows, Math.ceil((placePx + sizes.viewPx) / ROW_PX) + OVERSCAN)
  const roomPx = Math.max(0, listPx(rows) - (last - first) * ROW_PX)
  const abovePx = Math.min(Math.max(0, Math.round(scrolledPx - (placePx - first * ROW_PX))), roomPx)
  return { first, last, abovePx, belowPx: roomPx - abovePx }
}

/** How far a region is scrolled to have a row at its top, as far as that goes. */
export function scrolledTo(row: number, rows: number, sizes: Sizes): number {
  const mostPx = mostScrolledPx(rows * ROW_PX, sizes)
  return mostPx === 0 ? 0 : Math.min(1, (row * ROW_PX) / mostPx) * mostScrolledPx(listPx(rows), sizes)
}

const isSame = (a: RowWindow, b: RowWindow) =>
  a.first === b.first && a.last === b.last && a.abovePx === b.abovePx && a.belowPx === b.belowPx

/** The window of a region that scrolls, as it is scrolled and as large as it is; `startsAt` is the row that it shows first. */
export function useRowWindow(scroller: HTMLElement | null, rows: number, startsAt: number): RowWindow {
  const [found, setFound] = useState<RowWindow>({ first: 0, last: 0, abovePx: 0, belowPx: listPx(rows) })
  const start = useRef(startsAt)
  // Before it is painted: a list that has become shorter must not show rows that are gone.
  useLayoutEffect(() => {
    if (scroller === null) return
    const sizes = () => ({
      viewPx: scroller.clientHeight,
      headPx: scroller.querySelector('thead')?.clientHeight ?? 0,
    })
    if (start.current > 0) scroller.scrollTop = scrolledTo(start.current, rows, sizes())
    start.current = 0
    const look = () => {
      const next = windowOf(rows, scroller.scrollTop, sizes())
      setFound((before) => (isSame(before, next) ? before : next))
    }
    look()
    scroller.addEventListener('scroll', look, { passive: true })
    const resized = new ResizeObserver(look)
    resized.observe(scroller)
    return () => {
      scroller.removeEventListener('scroll', look)
      resized.disconnect()
    }
  }, [scroller, rows])
  return { ...found, first: Math.min(found.first, rows), last: Math.min(found.last, rows) }
}
