// Bundles a component's src/ into one committed file, for the build.mjs of each. Its first line carries the SHA-256 of
// everything it was made of, so that a test without Node can tell whether the committed file is the one these make.

import { createHash } from "node:crypto";
import { appendFileSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const textOf = (file) => readFileSync(file, "utf8").replaceAll("\r\n", "\n");

// name, zero byte, text, zero byte of each file, in the order of their names; lines end in \n as git stores them
function hashSources(folder) {
  const inside = readdirSync(join(folder, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1).replaceAll("\\", "/"));
  const files = ["build.mjs", "package-lock.json", "package.json", "tsconfig.json", ...inside].sort();
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\0${textOf(join(folder, file))}\0`);
  const shared = ["bundle.mjs", ...readdirSync(join(here, "common")).map((name) => `common/${name}`)].sort();
  for (const file of shared) hash.update(`${file}\0${textOf(join(here, file))}\0`);
  return hash.digest("hex");
}

// `build` is esbuild's, of the component's own node_modules.
export async function bundle(build, folder, entryPoint, outfile, options = {}) {
  const legal = join(folder, `${outfile}.LEGAL.txt`);
  rmSync(legal, { force: true });  // esbuild writes it only where a source has such a comment
  const { metafile } = await build({
    absWorkingDir: folder,
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    format: "iife",
    minify: true,
    target: "es2022",
    loader: { ".css": "text" },
    legalComments: "linked",
    metafile: true,
    banner: { js: `// sources ${hashSources(folder)}` },
    ...options,
  });
  appendLicenses(folder, metafile, legal);
}

// What the licenses ask for: their full text, of every package of which something is in the bundle.
function appendLicenses(folder, metafile, legal) {
  const packages = new Set(Object.keys(metafile.inputs).flatMap((file) => file.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []));
  for (const name of [...packages].sort()) {
    const own = join(folder, "node_modules", name);
    const { version } = JSON.parse(readFileSync(join(own, "package.json"), "utf8"));
    const file = readdirSync(own).find((entry) => /^licen[cs]e/i.test(entry));
    appendFileSync(legal, `\n\n${name} ${version}\n\n${textOf(join(own, file)).trim()}\n`);
  }
}
