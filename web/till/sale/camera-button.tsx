import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { Dialog } from '../../shared/ui/dialog';
import { Notice } from '../../shared/ui/notice';

/** The part of the Barcode Detection API that is used; TypeScript does not have its types yet. */
interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
type DetectorClass = new () => Detector;

/** Time between two looks at the picture, in milliseconds. */
const LOOK_EVERY_MS = 200;

/** The detector of the browser; undefined where it has none, or where the page may not use a camera. */
function detectorClass(): DetectorClass | undefined {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  return devices && (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
}

/** Scans one code with the camera. Where the browser cannot, people with a touch screen, who look for it, learn why it is missing. */
export function CameraButton({ onScan }: { onScan: (code: string) => void }) {
  const [open, setOpen] = useState(false);
  const Detecting = detectorClass();
  if (!Detecting)
    return (
      <p class="hint no-camera">
        This browser cannot read barcodes with a camera. Use a scanner, or type the code.
      </p>
    );
  const close = () => setOpen(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>Camera</Button>
      <Dialog title="Scan with the camera" open={open} onClose={close}>
        <CameraView
          detector={Detecting}
          onCode={(code) => {
            close();
            onScan(code);
          }}
        />
        <div class="actions">
          <Button onClick={close}>Cancel</Button>
        </div>
      </Dialog>
    </>
  );
}

interface CameraViewProps {
  readonly detector: DetectorClass;
  readonly onCode: (code: string) => void;
}

function CameraView({ detector: Detecting, onCode }: CameraViewProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState<string>();
  const found = useRef(onCode);
  found.current = onCode;
  useEffect(() => {
    const stop = new AbortController();
    watch(video.current!, new Detecting(), stop.signal).then(
      (code) => code !== undefined && found.current(code),
      (error: unknown) => setProblem(`The camera cannot be used: ${String(error)}`),
    );
    return () => stop.abort();
  }, [Detecting]);
  return (
    <>
      {problem !== undefined && <Notice kind="error">{problem}</Notice>}
      {/* The picture of the camera has no sound to caption. */}
      <video ref={video} class="camera" muted playsInline aria-label="Picture of the camera" />
    </>
  );
}

/** Shows the camera until it sees a code. @returns the code; undefined if it was stopped before. */
async function watch(
  video: HTMLVideoElement,
  detector: Detector,
  stop: AbortSignal,
): Promise<string | undefined> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  try {
    video.srcObject = stream;
    await video.play();
    while (!stop.aborted) {
      const [code] = await detector.detect(video);
      if (code) return code.rawValue;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    return undefined;
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}
