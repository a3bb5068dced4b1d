/** `2.1`, as people count. */
export const placeWords = (path: readonly number[]): string => path.map((index) => index + 1).join('.')

export const adderId = (path: readonly number[], { label }: { label: string }): string =>
  `add-${label.replaceAll(/\W+/g, '-')}-${path.join('-')}`

/** After something was removed, the focus goes to where the next would be added. */
export function focusAdder(path: readonly number[], context: { label: string }): void {
  requestAnimationFrame(() => document.getElementById(adderId(path, context))?.focus())
}
