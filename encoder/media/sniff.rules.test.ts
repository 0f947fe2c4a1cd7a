import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ShoalError } from "#common/errors.ts";
import { type Container, containers, sniffContainer } from "./sniff.rules.ts";

const text = (content: string) => Buffer.from(content, "latin1");
const hex = (content: string) => Buffer.from(content.replaceAll(" ", ""), "hex");
const repeated = (unit: Buffer, count: number) => Buffer.concat(Array.from({ length: count }, () => unit));
const mp3Frame = Buffer.concat([hex("fffb9000"), Buffer.alloc(413)]);
const adtsFrame = Buffer.concat([hex("fff15080 0c1ffc"), Buffer.alloc(0x60 - 7)]);

describe("sniffContainer", () => {
  test.each<[string, Buffer, string]>([
    ["nothing", Buffer.alloc(0), "encode.empty"],
    ["an HLS playlist", text("#EXTM3U\nfile:///etc/passwd\n"), "encode.not_media"],
    ["a concat script", text("ffconcat version 1.0\nfile x\n"), "encode.not_media"],
    ["a DASH manifest", text('<?xml version="1.0"?>\n<MPD/>'), "encode.not_media"],
    ["a session description", text("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n"), "encode.not_media"],
    ["an SVG", text("<svg/>"), "encode.not_media"],
    ["a PNG", hex("89504e470d0a1a0a"), "encode.not_media"],
    ["an ELF", hex("7f454c4602"), "encode.not_media"],
    ["a zip", hex("504b0304"), "encode.not_media"],
    ["srt", text("1\r\n00:00:01,000 --> 00:00:02,000\r\nHi\r\n"), "encode.no_streams"],
    ["WebVTT", text("WEBVTT\n\n"), "encode.no_streams"],
    ["one byte", hex("47"), "encode.not_media"],
    ["an FFmpeg metadata file", text(";FFMETADATA1\n"), "encode.not_media"],
  ])("refuses %s", (_, head, code) => {
    expect(() => sniffContainer(head)).toThrow(expect.objectContaining({ code }));
  });

  test.each<[Container, Buffer]>([
    ["mov", text("\0\0\0\x18ftypisom")],
    ["mov", text("\0\0\0\x08wide")],
    ["matroska", hex("1a45dfa3 01")],
    ["avi", text("RIFF\0\0\0\0AVI LIST")],
    ["wav", text("RIFF\0\0\0\0WAVEfmt ")],
    ["mpegts", repeated(Buffer.concat([hex("47"), Buffer.alloc(187)]), 4)],
    ["mpegts", Buffer.concat([Buffer.alloc(4), repeated(Buffer.concat([hex("47"), Buffer.alloc(191)]), 4)])],
    ["mpegps", hex("000001ba44")],
    ["flv", text("FLV\x01")],
    ["ogg", text("OggS\0")],
    ["flac", text("fLaC\0")],
    ["asf", hex("3026b2758e66cf11")],
    ["mxf", hex("060e2b34020501010d010201")],
    ["mp3", repeated(mp3Frame, 3)],
    ["mp3", Buffer.concat([text("ID3\x03\0\0\0\0\0\x0a"), Buffer.alloc(10), mp3Frame])],
    ["adts", repeated(adtsFrame, 3)],
    ["flac", Buffer.concat([text("ID3\x03\0\0\0\0\0\x0a"), Buffer.alloc(10), text("fLaC")])],
  ])("knows %s", (container, head) => {
    expect(sniffContainer(head)).toBe(container);
  });

  test("gives a container that is allowed or a refusal, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        try {
          expect(Object.keys(containers)).toContain(sniffContainer(Buffer.from(bytes)));
        } catch (error) {
          expect(error).toBeInstanceOf(ShoalError);
        }
      }),
    );
  });
});
