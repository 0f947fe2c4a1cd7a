/** Does sharing cost this viewer money? */
export function isMeteredNetwork(): boolean {
  if (!("connection" in navigator)) return false;
  const connection: unknown = navigator.connection;
  if (typeof connection !== "object" || connection === null) return false;
  const savesData = "saveData" in connection && connection.saveData === true;
  return savesData || ("type" in connection && connection.type === "cellular");
}
