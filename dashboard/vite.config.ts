import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Where `npm run dev` sends what it does not serve itself: a Carcosa that runs, such as `cargo xtask demo`.
const server = process.env.CARCOSA_URL ?? 'http://127.0.0.1:7700';
const proxied = ['/v1', '/health', '/docs', '/openapi.json', '/.well-known'];

export default defineConfig({
  resolve: {
    // The client's source, so that the dashboard is typed and built with what is in the tree.
    alias: { '@carcosa/client': fileURLToPath(new URL('../sdk/client/src/index.ts', import.meta.url)) },
  },
  esbuild: { jsx: 'automatic' },
  build: {
    target: 'es2022',
    // Nothing inline: the content security policy allows no script and no data that the server did not send as a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: 'manifest.json',
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      // Libraries mark what a framework of servers may not render there. There is none here.
      onwarn: (warning, warn) => (warning.code === 'MODULE_LEVEL_DIRECTIVE' ? undefined : warn(warning)),
    },
  },
  server: { proxy: Object.fromEntries(proxied.map((path) => [path, { target: server }])) },
  test: { environment: 'jsdom', include: ['test/**/*.test.{ts,tsx}'], reporters: ['default'] },
});
