import { ProgramBug, TransientFailure } from "#shared/errors.ts";
import { isDeepStrictEqual } from "node:util";
import type { DispositionInstruction, InstructionLookUp, Instructions, ReturnInstruction } from "../port.ts";
import type { Client } from "./client.ts";
import { instruction } from "./wire.ts";

type Body = Record<string, unknown>;

/** Instructions of one kind: put by key, looked up by key, withdrawn by key (wires 1.1). */
export function createInstructions<Content>(
  client: Client,
  set: "return-instructions" | "disposition-instructions",
  bodyOf: (content: Content) => Body,
): Instructions<Content> {
  const path = (key: string) => `/${set}/${encodeURIComponent(key)}`;
  const deed = set.replace("-instructions", "");

  return {
    async put(key, content, call) {
      const answer = await client.ask(
        { deed: `instruct-${deed}`, method: "PUT", path: path(key), body: bodyOf(content), write: true },
        instruction,
        call,
      );
      return { state: told(answer).state };
    },

    async lookUp(key, content, call): Promise<InstructionLookUp> {
      try {
        const answer = await client.ask(
          { deed: `look-up-${deed}`, method: "GET", path: path(key), write: false },
          instruction,
          call,
          ["NOT_FOUND"],
        );
        if (answer === "NOT_FOUND") return { answer: "absent" };
        const { state, instruction: body } = told(answer);
        return { answer: "found", state, sameContent: body === undefined || isSame(body, bodyOf(content)) };
      } catch (error) {
        if (error instanceof TransientFailure) return { answer: "unknown", reason: error.code };
        throw error;
      }
    },

    async withdraw(key, call) {
      const answer = await client.ask(
        { deed: `withdraw-${deed}`, method: "POST", path: `${path(key)}/cancel`, write: true },
        instruction,
        call,
        ["ALREADY_RECEIVED"],
      );
      return answer === "ALREADY_RECEIVED" ? { state: "ALREADY_RECEIVED" } : { state: told(answer).state };
    },
  };

  function told<Answer extends object>(answer: Answer | string): Answer {
    if (typeof answer === "object") return answer;
    throw new ProgramBug({ system: client.system, code: "RESPONSE_INVALID", vendorText: answer });
  }
}

/** Every member that we sent is there as we sent it; the site may add its own. */
const isSame = (told: Body, sent: Body): boolean => {
  const plain = JSON.parse(JSON.stringify(sent)) as Body;
  return Object.entries(plain).every(([name, value]) => contains(told[name], value));
};

function contains(told: unknown, sent: unknown): boolean {
  if (Array.isArray(sent))
    return (
      Array.isArray(told) && told.length === sent.length && sent.every((each, index) => contains(told[index], each))
    );
  if (typeof sent === "object" && sent !== null)
    return (
      typeof told === "object" &&
      told !== null &&
      Object.entries(sent).every(([name, value]) => contains((told as Body)[name], value))
    );
  return isDeepStrictEqual(told ?? null, sent);
}

export const returnBody = (content: ReturnInstruction): Body => ({
  rmaNumber: content.rmaNumber,
  company: content.companyId,
  expiresAt: content.expiresAt,
  replaces: content.replaces,
  lines: content.lines.map(({ reasonCode, ...line }) => ({ ...line, reason: reasonCode })),
  carrier: content.carrier,
  trackingNumbers: content.trackingNumbers,
});

export const dispositionBody = (content: DispositionInstruction): Body => ({ ...content });
