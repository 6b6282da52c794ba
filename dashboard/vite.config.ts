import { fileURLToPath } from 'node:url';
import type { HtmlTagDescriptor, Plugin, Rollup } from 'vite';
import { defineConfig } from 'vitest/config';

// Where `npm run dev` sends what it does not serve itself: a Carcosa that runs, such as `cargo xtask demo`.
const server = process.env.CARCOSA_URL ?? 'http://127.0.0.1:7700';
const proxied = ['/v1', '/health', '/docs', '/openapi.json', '/.well-known'];

/** What the first file imports besides: the frame of all pages, and the libraries that it stands on. */
const FRAME = ['frame', 'libraries'];

/** Everything that `src/main.tsx` needs before anything is drawn, in two files, whatever pages share with it: many small ones cost a visit more than they save. */
function framed(): Rollup.GetManualChunk {
  let first: Set<string> | undefined;
  let needed: Set<string> | undefined;
  return (id, { getModuleInfo }) => {
    const reach = (root: string, found = new Set<string>()) => {
      if (!found.has(root)) {
        found.add(root);
        getModuleInfo(root)?.importedIds.forEach((next) => reach(next, found));
      }
      return found;
    };
    first ??= reach(path('src/boot.ts'));
    needed ??= reach(path('src/main.tsx'));
    if (first.has(id)) return 'first';
    if (!needed.has(id)) return undefined;
    // Libraries, and what the bundler adds for them, import nothing of ours: the two files could not be evaluated otherwise.
    return FRAME[id.includes('/node_modules/') || id.startsWith('\0') ? 1 : 0];
  };
}

/** The page names what the first file will want, so that the browser fetches and compiles it meanwhile. */
const preloads: Plugin = {
  name: 'preloads',
  transformIndexHtml: {
    order: 'post',
    handler: (_, { bundle = {} }) =>
      Object.values(bundle).flatMap((file): HtmlTagDescriptor[] => {
        const href = `/${file.fileName}`;
        if (file.type === 'chunk' && FRAME.includes(file.name)) return [{ tag: 'link', attrs: { rel: 'modulepreload', href }, injectTo: 'head' }];
        // Of the font, what English needs.
        const isFont = /inter-latin-wght-normal.*\.woff2$/.test(file.fileName);
        return isFont ? [{ tag: 'link', attrs: { rel: 'preload', as: 'font', type: 'font/woff2', href, crossorigin: '' }, injectTo: 'head' }] : [];
      }),
  },
};

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  plugins: [preloads],
  resolve: {
    // The client's source, so that the dashboard is typed and built with what is in the tree.
    alias: { '@carcosa/client': path('../sdk/client/src/index.ts') },
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
      output: { manualChunks: framed(), experimentalMinChunkSize: 8000 },
      // Libraries mark what a framework of servers may not render there. There is none here.
      onwarn: (warning, warn) => (warning.code === 'MODULE_LEVEL_DIRECTIVE' ? undefined : warn(warning)),
    },
  },
  server: { proxy: Object.fromEntries(proxied.map((path) => [path, { target: server }])) },
  test: { environment: 'jsdom', setupFiles: ['test/setup.ts'], include: ['test/**/*.test.{ts,tsx}'], reporters: ['default'] },
});
