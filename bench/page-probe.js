// What `npm run bench -- --only page` puts into a page before its own scripts: tells when a frame has shown something, and which tasks were long.
;(() => {
  const patienceMs = 60_000
  const longTasks = []
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) longTasks.push({ startTime, duration })
  }).observe({ type: 'longtask', buffered: true })

  /** When the frame was painted in which `isShown` held for the first time. */
  const shown = (isShown) =>
    new Promise((resolve, reject) => {
      const beganAtMs = performance.now()
      const look = () => {
        // What holds before a frame is painted is seen in it; a task of its own comes after the painting.
        if (isShown()) setTimeout(() => resolve(performance.now()), 0)
        else if (performance.now() - beganAtMs > patienceMs) reject(new Error(`Never shown: ${isShown}`))
        else requestAnimationFrame(look)
      }
      requestAnimationFrame(look)
    })

  let began
  let beganAt = new Promise(() => {})
  // Captured at the window: before any of the page's own listeners has worked.
  for (const type of ['keydown', 'beforeinput', 'click'])
    addEventListener(type, ({ timeStamp }) => began?.(timeStamp), { capture: true })

  let measured = []
  globalThis.probe = {
    longTasks,
    shown,
    /** From the next key or click on: when each of these has been shown. */
    arm(...conditions) {
      beganAt = new Promise((resolve) => {
        began = resolve
      })
      measured = conditions.map(async (isShown) => {
        const startMs = await beganAt
        return (await shown(isShown)) - startMs
      })
    },
    /** What begins without a key or a click. */
    begin: () => began(performance.now()),
    measured: () => Promise.all(measured),
  }
})()
