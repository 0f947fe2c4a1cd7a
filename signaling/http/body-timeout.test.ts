import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { endSlowBodies } from "./body-timeout.ts";

let server: Server;
let port: number;

beforeEach(async () => {
  server = createServer((request, response) => {
    // an answer before the body was read, as a refusal is
    if (request.url === "/early") response.end("early");
    else request.resume().once("end", () => response.end("late"));
  });
  endSlowBodies(server, 50);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  port = address && typeof address === "object" ? address.port : 0;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const head = (method: string, path: string, header: string) =>
  `${method} ${path} HTTP/1.1\r\nHost: shoal.test\r\n${header}\r\n\r\n`;

describe("a body that does not come", () => {
  it.each([
    ["nobody answers", head("POST", "/late", "Content-Length: 9")],
    ["the answer came early", head("GET", "/early", "Content-Length: 9")],
    ["it has no length", head("POST", "/late", "Transfer-Encoding: chunked")],
  ])("ends the connection: %s", async (_what, request) => {
    const socket = connect(port, "127.0.0.1");
    socket.write(request);
    await once(socket.resume(), "close");
  });
});

describe("a connection", () => {
  it.each([
    ["that sends uploads", head("PATCH", "/upload/x/y", "Content-Length: 9")],
    ["whose requests are whole", head("POST", "/late", "Content-Length: 0")],
  ])("%s is left alone", async (_what, request) => {
    const socket = connect(port, "127.0.0.1");
    socket.write(request);
    const slow = connect(port, "127.0.0.1");
    slow.write(head("POST", "/late", "Content-Length: 9"));
    await once(slow.resume(), "close");
    socket.end(request.includes("upload") ? "123456789" : head("GET", "/late", "Connection: close"));
    expect(await text(socket)).toContain("late");
  });
});
