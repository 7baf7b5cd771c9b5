// Bundles src/ into inspector.js.

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundle } from "../bundle.mjs";

await bundle(build, dirname(fileURLToPath(import.meta.url)), "src/entry.ts", "inspector.js");
