// Time as the desk writes it.

// "9:42": minutes and seconds.
export const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, "0")}`;

// "0:03.12": minutes, seconds and the frame within the second.
export function timecode(frame, fps) {
  return `${clock(Math.floor(frame / fps))}.${String(Math.floor(frame % fps)).padStart(2, "0")}`;
}

export const frameAt = (milliseconds, fps) => Math.round((milliseconds * fps) / 1000);
