/** A folder above can bring another Node in front of ours; then one sentence says so instead of a strange error later. */
export function requireNode24(version: string = process.version): void {
  if (Number(version.slice(1).split(".")[0]) >= 24) return;
  console.error(
    `Backhaul needs Node 24 and this is ${version}: start it with npm (npm start, npm test …), which brings its own.`,
  );
  process.exit(1);
}
