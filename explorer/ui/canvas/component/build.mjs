// Bundles src/ into canvas.js.

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundle } from "../../widgets/components/bundle.mjs";

await bundle(build, dirname(fileURLToPath(import.meta.url)), "src/entry.tsx", "canvas.js", {
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
});
