// The machine's clock, moved forward by what the cloud says with each invocation. Timers run as ever.
const MachineDate = Date;
let offsetMs = 0;

class CloudDate extends MachineDate {
  constructor(...parts) {
    if (parts.length === 0) super(MachineDate.now() + offsetMs);
    else super(...parts);
  }

  static now() {
    return MachineDate.now() + offsetMs;
  }
}

/** Called as a function, Date gives a text. */
const CallableDate = new Proxy(CloudDate, { apply: () => new CloudDate().toString() });

/** Replaces Date for everything that is loaded from now on. */
exports.installClock = (startMs) => {
  offsetMs = startMs;
  globalThis.Date = CallableDate;
};

/** Moves the clock. */
exports.moveClock = (toMs) => {
  offsetMs = toMs;
};
