import { describe, expect, it } from "vitest";
import {
  createRememberedUploads,
  type RememberedUpload,
  type TextStorage,
  toFingerprint,
} from "./remembered-uploads.ts";

function createMemoryStorage(): TextStorage & { texts: Map<string, string> } {
  const texts = new Map<string, string>();
  return {
    texts,
    getItem: (key) => texts.get(key) ?? null,
    setItem: (key, text) => void texts.set(key, text),
  };
}

const herring: RememberedUpload = {
  fingerprint: "herring.mp4|10|1",
  ownerId: "owner",
  videoId: "video1",
  title: "Herring",
  fileName: "herring.mp4",
  sizeBytes: 10,
  creationPath: "/upload/video1",
  uploadPath: null,
  rememberedAt: "2026-11-21T12:00:00.000Z",
};

describe("remembered uploads", () => {
  it("survive into the next page", () => {
    const storage = createMemoryStorage();
    createRememberedUploads(storage).remember(herring);
    expect(createRememberedUploads(storage).list("owner")).toEqual([herring]);
  });

  it("are replaced, not doubled, when the address becomes known", () => {
    const uploads = createRememberedUploads(createMemoryStorage());
    uploads.remember(herring);
    uploads.remember({ ...herring, uploadPath: "/upload/video1/abc" });
    expect(uploads.list("owner").map((upload) => upload.uploadPath)).toEqual(["/upload/video1/abc"]);
  });

  it("belong to their account", () => {
    const uploads = createRememberedUploads(createMemoryStorage());
    uploads.remember(herring);
    expect(uploads.list("somebody else")).toEqual([]);
  });

  it("can be forgotten", () => {
    const uploads = createRememberedUploads(createMemoryStorage());
    uploads.remember(herring);
    uploads.forget("video1");
    expect(uploads.list("owner")).toEqual([]);
  });

  it.each(["", "{", "null", '[{"videoId":1}]'])("begin anew when the storage holds %j", (text) => {
    const storage = createMemoryStorage();
    storage.setItem("shoal.uploads", text);
    const uploads = createRememberedUploads(storage);
    expect(uploads.list("owner")).toEqual([]);
    uploads.remember(herring);
    expect(uploads.list("owner")).toHaveLength(1);
  });

  it("do not break an upload when the storage is closed", () => {
    const closed = () => {
      throw new Error("closed");
    };
    const uploads = createRememberedUploads({ getItem: closed, setItem: closed });
    expect(() => uploads.remember(herring)).not.toThrow();
  });

  it("know a file by name, size and date", () => {
    expect(toFingerprint({ name: "a.mp4", size: 3, lastModified: 5 })).not.toBe(
      toFingerprint({ name: "a.mp4", size: 3, lastModified: 6 }),
    );
  });
});
