import { DetailedError, Upload } from "tus-js-client";
import { errorBodySchema } from "#common/errors.ts";

/** How a way can end before the file has arrived. */
export type TransferEnd =
  /** No answer, or one that later tries may change. */
  | { readonly kind: "interrupted" }
  /** The front desk does not know the upload (any more). */
  | { readonly kind: "lost" }
  /** The file on this computer changed or went away. */
  | { readonly kind: "file_gone" }
  | { readonly kind: "refused"; readonly code: string };

interface TransferOptions {
  readonly file: File;
  readonly creationPath: string;
  /** Where to continue; `null` begins. */
  readonly uploadPath: string | null;
  readonly onUploadPath: (path: string) => void;
  readonly onProgress: (sentBytes: number) => void;
  readonly onArrived: () => void;
  readonly onBroken: (end: TransferEnd) => void;
}

/** A file on its way. Closed by whoever started it, or by its own end. */
export interface Transfer {
  stop(): void;
}

const stallTimeoutMs = 45_000;
/** The last answer may take longer: the front desk checks what it has received. */
const finishTimeoutMs = 300_000;

/** Paths instead of addresses: the page may be reached under another name than the front desk knows. */
function toPath(address: string): string {
  const url = new URL(address, location.href);
  return url.pathname + url.search;
}

function readErrorCode(body: string): string | undefined {
  try {
    return errorBodySchema.parse(JSON.parse(body)).error.code;
  } catch {
    return undefined;
  }
}

async function isReadable(file: File): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function toEnd(error: unknown, file: File): Promise<TransferEnd> {
  if (!(await isReadable(file))) return { kind: "file_gone" };
  const response = error instanceof DetailedError ? error.originalResponse : null;
  const status = response?.getStatus() ?? 0;
  // 409 and 423: another request still holds the upload, or the offset moved meanwhile
  if (!response || status === 0 || status >= 500 || status === 423 || status === 429)
    return { kind: "interrupted" };
  const code = readErrorCode(response.getBody());
  if (code === "upload.wrong_offset") return { kind: "interrupted" };
  if (code === "upload.not_found" || status === 410) return { kind: "lost" };
  if (status === 409 && code === undefined) return { kind: "interrupted" };
  // HEAD answers have no body, so their status must do
  if (code === undefined && status === 404) return { kind: "lost" };
  if (code === undefined && status === 401) return { kind: "refused", code: "auth.required" };
  return { kind: "refused", code: code ?? "request.invalid" };
}

/** Sends a file by tus 1.0, from where the front desk says it stands. Retries are the caller's. */
export function startTransfer(options: TransferOptions): Transfer {
  const { file } = options;
  let state: "open" | "closed" = "open";
  let watchdog: ReturnType<typeof setTimeout> | undefined;

  function close(): boolean {
    if (state === "closed") return false;
    state = "closed";
    clearTimeout(watchdog);
    return true;
  }
  function watch(timeoutMs: number): void {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => {
      if (!close()) return;
      void upload.abort();
      options.onBroken({ kind: "interrupted" });
    }, timeoutMs);
  }

  const upload = new Upload(file, {
    // a resumed upload gets no creation address: tus-js-client would begin anew whenever a HEAD fails
    endpoint: options.uploadPath === null ? options.creationPath : null,
    uploadUrl: options.uploadPath,
    metadata: { filename: file.name, filetype: file.type },
    retryDelays: null,
    storeFingerprintForResuming: false,
    onUploadUrlAvailable: () => {
      if (state === "open" && upload.url) options.onUploadPath(toPath(upload.url));
    },
    onProgress: (sentBytes) => {
      if (state === "closed") return;
      watch(sentBytes >= file.size ? finishTimeoutMs : stallTimeoutMs);
      options.onProgress(sentBytes);
    },
    onSuccess: () => {
      if (close()) options.onArrived();
    },
    onError: (error) => {
      if (close()) void toEnd(error, file).then(options.onBroken);
    },
  });
  watch(stallTimeoutMs);
  upload.start();
  return {
    stop: () => {
      if (close()) void upload.abort();
    },
  };
}
