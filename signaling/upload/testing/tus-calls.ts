/** What the tests send by tus, written out so that each header is theirs to choose. */
export async function callTus(
  url: string,
  token: string | null,
  call: { method: string; headers?: Record<string, string>; body?: Uint8Array<ArrayBuffer> },
): Promise<Response> {
  return fetch(url, {
    method: call.method,
    headers: {
      "tus-resumable": "1.0.0",
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(call.method === "PATCH" ? { "content-type": "application/offset+octet-stream" } : {}),
      ...call.headers,
    },
    ...(call.body ? { body: call.body } : {}),
  });
}

/** The header that makes an upload. */
export function toLengthHeader(sizeBytes: number | null): Record<string, string> {
  return sizeBytes === null ? { "upload-defer-length": "1" } : { "upload-length": String(sizeBytes) };
}

/** The code of a refusal. */
export async function codeOf(response: Response): Promise<string> {
  const body: { error?: { code?: string } } = await response.json();
  return `${response.status} ${body.error?.code}`;
}
