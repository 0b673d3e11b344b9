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
  const first = await frames.at(0);
  frames.show(first);
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
    await play(frames, first, { track: stream.getVideoTracks()[0], seconds }, { say, check });
  } finally {
    recorder.stop();
    await ended;
    for (const track of stream.getTracks()) track.stop();
  }
  return new Blob(parts, { type: mimeType.split(";")[0] });
};

/**
 * Shows each picture for its seconds, again and again: a canvas that is not drawn on gives no frame.
 * The next one is drawn meanwhile, so that a slow machine does not take its time from another.
 */
async function play(frames, first, { track, seconds }, { say, check }) {
  const last = frames.count - 1;
  let picture = first;
  for (let k = 0; k <= last; k += 1) {
    say(`Recording picture ${k + 1} of ${frames.count}; leave this page in front …`, 0.4 + (0.6 * k) / frames.count);
    const next = k < last && frames.at(k + 1);
    const until = performance.now() + 1000 * (seconds + (k === last ? REST : 0));
    do {
      check();
      frames.show(picture);
      track.requestFrame();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.min(FRAME_MS, until - performance.now()))));
    } while (performance.now() < until);
    picture = await next;
  }
}
