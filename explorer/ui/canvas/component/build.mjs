// Bundles src/ into canvas.js. Its first line carries the SHA-256 of everything it was made of, so that a test
// without Node can tell whether the committed file is the one these sources make.

import { createHash } from "node:crypto";
import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = dirname(fileURLToPath(import.meta.url));

// name, zero byte, text, zero byte of each file, in the order of their names; lines end in \n as git stores them
function hashSources() {
  const inside = readdirSync(join(folder, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1).replaceAll("\\", "/"));
  const files = ["build.mjs", "package-lock.json", "package.json", "tsconfig.json", ...inside].sort();
  const hash = createHash("sha256");
  for (const file of files) {
    hash.update(`${file}\0${readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n")}\0`);
  }
  return hash.digest("hex");
}

const { metafile } = await build({
  absWorkingDir: folder,
  entryPoints: ["src/entry.tsx"],
  outfile: "canvas.js",
  bundle: true,
  format: "iife",
  minify: true,
  jsx: "automatic",
  target: "es2022",
  loader: { ".css": "text" },
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "linked",
  metafile: true,
  banner: { js: `// sources ${hashSources()}` },
});

// What the licenses ask for: their full text, of every package of which something is in the bundle.
const packages = new Set(Object.keys(metafile.inputs).flatMap((file) => file.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []));
for (const name of [...packages].sort()) {
  const own = join(folder, "node_modules", name);
  const { version } = JSON.parse(readFileSync(join(own, "package.json"), "utf8"));
  const file = readdirSync(own).find((entry) => /^licen[cs]e/i.test(entry));
  const text = readFileSync(join(own, file), "utf8").replaceAll("\r\n", "\n").trim();
  appendFileSync(join(folder, "canvas.js.LEGAL.txt"), `\n\n${name} ${version}\n\n${text}\n`);
}
