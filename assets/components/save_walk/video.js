// A video is recorded by the browser, as long as it takes to watch it.

import { REST } from "./plan.js";

const TYPES = ["video/mp4;codecs=avc1.640033", "video/mp4;codecs=avc1", "video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/mp4"];
const BITS_A_SECOND = 8_000_000;
const FRAME_MS = 100;

/** The first kind of video that this browser records, as {type, ending}; undefined where it records none. */
export function videoType() {
  const type = typeof MediaRecorder === "undefined" ? undefined : TYPES.find((one) => MediaRecorder.isTypeSupported(one));
  return type && { type, ending: type.slice(6, 10).replace(";", "") };
}

/** The video of all `frames`. */
export const recorded = async (frames, seconds, mimeType, { say, check }) => {
  await frames.draw(0);
  const stream = frames.canvas.captureStream(0);
  const recorder = new MediaRecorder(stream, { mimeType, videoBitsPerSecond: BITS_A_SECOND });
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const ended = new Promise((resolve, reject) => {
    recorder.onstop = resolve;
    recorder.onerror = ({ error }) => reject(error ?? new Error("The browser could not record the video."));
  });
  recorder.start();
  try {
    await play(frames, stream.getVideoTracks()[0], seconds, { say, check });
  } finally {
    recorder.stop();
    await ended;
    for (const track of stream.getTracks()) track.stop();
  }
  return new Blob(parts, { type: mimeType.split(";")[0] });
};

/** Shows the pictures at their times, each again and again: a canvas that is not drawn on gives no frame. */
async function play(frames, track, seconds, { say, check }) {
  const begin = performance.now();
  for (let k = 0; k < frames.count; k += 1) {
    say(`Recording picture ${k + 1} of ${frames.count}; leave this page in front …`, 0.4 + (0.6 * k) / frames.count);
    await frames.draw(k);
    const last = k === frames.count - 1;
    const until = begin + 1000 * ((k + 1) * seconds + (last ? REST : 0));
    do {
      check();
      frames.again();
      track.requestFrame();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.min(FRAME_MS, until - performance.now()))));
    } while (performance.now() < until);
  }
}
