function readConnectionType(connection: object): unknown {
  return "type" in connection ? connection.type : undefined;
}

/**
 * Hears when this device has another way out: a network that is there again, or a phone that leaves its wireless one, which
 * tells so before ICE notices. Answers how to stop. (The browser's guesses of speed are reported as changes too: not heard.)
 */
export function listenForNetworkChange(listener: () => void): () => void {
  window.addEventListener("online", listener);
  const connection =
    "connection" in navigator && navigator.connection instanceof EventTarget
      ? navigator.connection
      : undefined;
  let typeBefore = connection && readConnectionType(connection);
  const onChange = () => {
    const type = connection && readConnectionType(connection);
    if (type === typeBefore) return;
    typeBefore = type;
    if (type !== "none") listener();
  };
  connection?.addEventListener("change", onChange);
  return () => {
    window.removeEventListener("online", listener);
    connection?.removeEventListener("change", onChange);
  };
}
