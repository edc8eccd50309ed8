/** The head of an answer: put together as one string behind a date that is rendered once a second, and with its body. */
import { latin1Text } from "../../src/base/latin1.ts";
import { DateLine } from "../../src/http/date.ts";
import { encodeAnswerHead } from "../../src/http1/answer-text.ts";
import { dateLinePlainly, encodeAnswerHeadPlainly } from "../../test/plain/answer.ts";
import { compare } from "./compare.ts";

const HEAD = "200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 200\r\n";
const BODY = Buffer.alloc(200, "x");
const NOW_MS = 784_111_777_000;
/** A second has so many answers. */
const MS_PER_ANSWER = 1 / 20;

const dateLine = new DateLine();
const socketMemory = Buffer.alloc(4096);

compare("response head: text of head and date", 20_000, [
  {
    name: "one string, date once a second",
    run: (count) => {
      let chars = 0;
      for (let i = 0; i < count; i++) {
        const date = dateLine.at(NOW_MS + i * MS_PER_ANSWER);
        chars += encodeAnswerHead(HEAD, date, false, 11, true, "length").length;
      }
      return chars;
    },
  },
  {
    name: "plain",
    run: (count) => {
      let chars = 0;
      for (let i = 0; i < count; i++) {
        const date = dateLinePlainly(NOW_MS + i * MS_PER_ANSWER);
        chars += encodeAnswerHeadPlainly(HEAD, date, false, 11, true, "length").length;
      }
      return chars;
    },
  },
]);

const text = encodeAnswerHead(HEAD, dateLine.at(NOW_MS), false, 11, true, "length");

compare("response head: head and a body of 200 bytes as bytes, in one piece", 50_000, [
  {
    name: "as one string, written into memory once",
    run: (count) => {
      for (let i = 0; i < count; i++) {
        socketMemory.write(text + latin1Text(BODY, 0, BODY.length), 0, "latin1");
      }
      return socketMemory[0];
    },
  },
  {
    name: "plain: Buffer.concat",
    run: (count) => {
      let bytes = 0;
      for (let i = 0; i < count; i++) {
        bytes += Buffer.concat([Buffer.from(text, "latin1"), BODY]).length;
      }
      return bytes;
    },
  },
]);
