/** Without it the policy of the page applies no style that is made here; the server makes a new one for each response. */
export const styleNonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? ''

// Where the part of a dialog that keeps the page behind it from scrolling looks for it.
Object.assign(globalThis, { __webpack_nonce__: styleNonce })
