// Reads [{map, places: [[line, column], …]}, …] from its input and prints what the maps say of each place, or null.
// All numbers count from 0.
const { SourceMap } = require("node:module");

function original(map, root, [line, column]) {
  const entry = map.findEntry(line, column);
  if (entry.generatedLine !== line || entry.originalSource === undefined) return null; // of a line before it
  const { originalSource: source, originalLine, originalColumn, name = "" } = entry;
  return { source: String(source), root, line: originalLine, column: originalColumn, name: String(name) };
}

// Node takes any character for a digit.
function isWhole(payload) {
  const maps = [payload];
  while (maps.length) {
    const one = maps.pop();
    if (one.sections) maps.push(...one.sections.map((section) => section.map));
    else if (typeof one.mappings !== "string" || /[^A-Za-z0-9+/,;]/.test(one.mappings)) return false;
  }
  return true;
}

function answered({ map, places }) {
  try {
    const payload = JSON.parse(map.replace(/^\)\]\}'[^\n]*\n/, "")); // a guard that some servers put before JSON
    if (payload.version !== 3 || !isWhole(payload)) return places.map(() => null);
    const read = new SourceMap(payload);
    return places.map((place) => {
      try {
        return original(read, String(payload.sourceRoot ?? ""), place);
      } catch {
        return null;
      }
    });
  } catch {
    return places.map(() => null);
  }
}

console.log(JSON.stringify(JSON.parse(require("node:fs").readFileSync(0, "utf-8")).map(answered)));
