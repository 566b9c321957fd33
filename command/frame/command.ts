import * as z from "zod";
import type { ExitCode, Output } from "./output.ts";

/** What a command works with, beside its command line. */
export interface Surroundings {
  environment: NodeJS.ProcessEnv;
  /** The working folder. */
  directory: string;
  output: Output;
  now(): Date;
  wait(milliseconds: number): Promise<void>;
  /** Asks the person at the terminal; absent where there is none. */
  ask?(question: string): Promise<string>;
}

/** A word that a command takes in a fixed place. */
export interface Argument {
  /** In capitals, e.g. `RESOURCE`. */
  name: string;
  meaning: string;
  /** It may be left out. */
  optional?: true;
  /** What a shell completes: names of files, or these words. */
  completes?: "files" | readonly string[];
}

/** A command line that works, and what it is for. */
export interface Example {
  /** Without the program's name. */
  line: string;
  does: string;
}

/** What is told of a command: the source of its help, its completion and its docs. */
interface Told {
  /** As it is typed, e.g. `journal verify`. */
  name: string;
  /** One line. */
  summary: string;
  /** More, where one line does not say it; one text a paragraph. */
  details?: readonly string[];
  arguments: readonly Argument[];
  examples: readonly [Example, ...Example[]];
}

/**
 * One command. Its options are a schema; the option's meaning is the property's description, and the word that stands for its value in
 * the help comes from `.meta({ value })`.
 */
export interface Command<Options extends z.ZodRawShape> extends Told {
  options: z.ZodObject<Options>;
  /**
   * Does the work, and says what the shell is told.
   * @param words one for each of `arguments`; those that may be left out may be missing.
   */
  run(options: z.output<z.ZodObject<Options>>, words: readonly string[], surroundings: Surroundings): Promise<ExitCode>;
}

/** What is told of one option, from its schema. */
export interface Option {
  name: string;
  meaning: string;
  /** The word for its value; a switch has none. */
  value?: string;
  /** The values that are allowed, where they are few. */
  choices?: readonly string[];
  byDefault?: string;
  /** It may be given more than once. */
  many: boolean;
}

/** A command as the registry holds it: its options' types are hidden behind {@link run}. */
export interface RegisteredCommand extends Told {
  options: readonly Option[];
  /** Options as they were typed, checked by the schema here. Gives what is wrong with them instead of an exit code. */
  run(
    options: { readonly [name: string]: unknown },
    words: readonly string[],
    surroundings: Surroundings,
  ): Promise<ExitCode | { wrong: z.ZodError }>;
}

/** Makes a command ready for the registry. */
export function defineCommand<Options extends z.ZodRawShape>(command: Command<Options>): RegisteredCommand {
  const { options: schema, run, ...told } = command;
  return {
    ...told,
    options: optionsOf(schema),
    async run(options, words, surroundings) {
      const parsed = schema.safeParse(options);
      return parsed.success ? await run(parsed.data, words, surroundings) : { wrong: parsed.error };
    },
  };
}

const describedSchema = z.object({
  properties: z
    .record(
      z.string(),
      z.looseObject({
        type: z.string().optional(),
        description: z.string(),
        value: z.string().optional(),
        enum: z.array(z.string()).optional(),
        default: z.union([z.string(), z.boolean()]).optional(),
      }),
    )
    .default({}),
});

function optionsOf(schema: z.ZodType): Option[] {
  const { properties } = describedSchema.parse(z.toJSONSchema(schema, { io: "input" }));
  return Object.entries(properties).map(([name, described]) => ({
    name,
    meaning: described.description,
    many: described.type === "array",
    ...(described.type === "boolean" ? {} : { value: described.value ?? "TEXT" }),
    ...(described.enum && { choices: described.enum }),
    ...(typeof described.default === "string" && { byDefault: described.default }),
  }));
}
