import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../dist/ui',
    emptyOutDir: true,
    target: ['chrome125', 'firefox128', 'safari18'],
    // Nothing inlined: the page allows no script and no font from a data: address.
    assetsInlineLimit: 0,
    manifest: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // scripts/build-ui.mjs limits what counts: what is fetched before the first page is usable.
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What many pages share comes as one file: each of fifty small ones waits for its turn on the connection.
          groups: [{ name: 'shared', minShareCount: 32 }],
        },
      },
    },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
})
