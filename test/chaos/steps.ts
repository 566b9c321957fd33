import * as fc from "fast-check";
import { faultKinds } from "./fault-kinds.ts";
import { subjectKinds } from "./subjects.ts";

/** How Event Grid brings the word of a change: once, twice, or lost. A lost one needs a sweep. */
export type Told = "once" | "twice" | "never";

/** One thing that happens in a history. Resources and instances are named by number, counted round where there are fewer. */
export type Step =
  /** Somebody makes a resource fall short. */
  | { do: "break"; subject: number; writer: 0 | 1; told: Told }
  /** Somebody changes what is no baseline's business. */
  | { do: "touch"; subject: number; value: string; told: Told }
  /** Somebody changes that in the moment in which the service's next write to it arrives. */
  | { do: "touch at write"; subject: number; value: string }
  /** Somebody sets it back as soon as the service's next write to it has taken effect, so many times. */
  | { do: "break after write"; subject: number; told: Told; times: number }
  /** The request after so many others meets a fault. */
  | { do: "fault"; after: number; fault: string; when: "before" | "after" }
  /** At the request after so many others the process of an instance dies. */
  | { do: "kill"; after: number; instance: number }
  | { do: "fire"; timer: "waker" | "sweep" }
  /** Somebody stops all writes, or lets them go on. */
  | { do: "stop"; stopped: boolean }
  /** Somebody stops all writes for so many minutes, at whose beginning a resource is made to fall short. */
  | { do: "stop for"; minutes: number; subject: number; told: Told }
  /** Time passes, in seconds. */
  | { do: "pass"; seconds: number };

/** A step, and after how many further requests of the service it happens; sooner where the service has nothing more to do. */
export type TimedStep = Step & { requests: number };

/** What is there, and what happens to it. */
export interface History {
  /** Numbers of kinds of resources. */
  kinds: number[];
  steps: TimedStep[];
}

const subject = fc.nat({ max: 3 });
const value = fc.stringMatching(/^[a-z]{1,6}$/);
const told = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Told>("once") },
  { weight: 2, arbitrary: fc.constant<Told>("twice") },
  { weight: 1, arbitrary: fc.constant<Told>("never") },
);
const when = fc.constantFrom("before" as const, "after" as const);
const after = fc.nat({ max: 40 });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("break" as const),
      subject,
      writer: fc.constantFrom(0 as const, 1 as const),
      told,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("touch" as const), subject, value, told }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("touch at write" as const), subject, value }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("break after write" as const),
      subject,
      told,
      times: fc.constantFrom(1, 1, 2, 3, 5),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("fault" as const),
      after,
      fault: fc.constantFrom(...faultKinds.map(({ name }) => name)),
      when,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("kill" as const), after, instance: fc.nat({ max: 2 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("fire" as const),
      timer: fc.constantFrom("waker" as const, "sweep" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("stop" as const), stopped: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("stop for" as const),
      minutes: fc.integer({ min: 1, max: 20 }),
      subject,
      told,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pass" as const), seconds: fc.nat({ max: 120 }) }) },
);
const timedStep = fc.tuple(step, fc.nat({ max: 30 })).map(([each, requests]): TimedStep => ({ ...each, requests }));

/** Histories of up to four resources and a dozen and a half steps. */
export const histories: fc.Arbitrary<History> = fc.record({
  kinds: fc.array(fc.nat({ max: subjectKinds.length - 1 }), { minLength: 1, maxLength: 4, size: "max" }),
  steps: fc.array(timedStep, { minLength: 1, maxLength: 18, size: "max" }),
});

/** A history as it is printed when it fails. */
export function toldHistory({ kinds, steps }: History): string {
  const resources = kinds.map((kind, index) => `  ${index}: ${subjectKinds[kind]?.name}`);
  const lines = steps.map(({ requests, ...each }) => `  after ${requests} requests: ${JSON.stringify(each)}`);
  return ["resources", ...resources, "steps", ...lines].join("\n");
}
