// A stepper in the hands of somebody who pictures steps.

/** The steps that are shown are told to nobody, and until `back()`, after which all is as it was, no hand moves it. */
export function lend(stepper) {
  const { t, settling } = stepper;
  stepper.stop();
  stepper.go = stepper.toggle = () => {}; // in place of those of all steppers
  const show = (step) => {
    stepper.t = Math.min(step, stepper.count - 1);
    stepper.onStep(stepper.t);
  };
  const back = () => {
    delete stepper.go;
    delete stepper.toggle;
    show(t);
    if (settling) stepper.scheduleSettle();
  };
  return { show, back };
}
