import { expect, test } from "vitest";
import { parseQueueUrl } from "../../src/queue/redis/queue-url.js";
import { UserError } from "../../src/shared/errors.js";

test("a plain URL names a server, its port, database, login and the prefix of the keys", () => {
  expect(parseQueueUrl("redis://us%40er:p%3Ass@db.example:7000/3?prefix=team-a")).toEqual({
    kind: "single",
    hosts: [{ host: "db.example", port: 7000 }],
    master: null,
    db: 3,
    username: "us@er",
    password: "p:ss",
    tls: null,
    prefix: "{team-a}",
    label: "redis://db.example:7000/3",
  });
});

test("what is left out has its default, and addresses of the sixth version stand in brackets", () => {
  expect(parseQueueUrl("redis://localhost")).toMatchObject({
    hosts: [{ host: "localhost", port: 6379 }],
    db: 0,
    username: null,
    password: null,
    prefix: "{jac}",
  });
  expect(parseQueueUrl("redis://[::1]:6380").hosts).toEqual([{ host: "::1", port: 6380 }]);
  expect(parseQueueUrl("redis://:only-a-secret@h")).toMatchObject({
    username: null,
    password: "only-a-secret",
  });
  expect(parseQueueUrl("redis://u:100%@h")).toMatchObject({ password: "100%" }); // a bare %
});

test("TLS takes a certificate and a name; Sentinel a master; a cluster several hosts", () => {
  expect(parseQueueUrl("rediss://h?ca=/ca.pem&servername=redis.local").tls).toEqual({
    ca: "/ca.pem",
    servername: "redis.local",
  });
  expect(parseQueueUrl("redis-sentinel://a,b:26380/main/2")).toMatchObject({
    kind: "sentinel",
    hosts: [
      { host: "a", port: 26379 },
      { host: "b", port: 26380 },
    ],
    master: "main",
    db: 2,
  });
  expect(parseQueueUrl("rediss-cluster://a,b,c")).toMatchObject({ kind: "cluster", tls: { ca: null } });
});

test.each([
  ["not a url", /is not one: give --queue redis:/],
  ["http://u:SECRET@h", /begins with http:\/\//],
  ["postgres://u:SECRET@h/db", /postgres:\/\/… is not supported/],
  ["redis-sentinel://u:SECRET@h", /names no master/],
  ["redis://u:SECRET@h/seven", /\/seven is no database number/],
  ["redis://u:SECRET@h/1/2", /\/1\/2 is no database number/],
  ["redis-cluster://u:SECRET@h/1", /is no database number/],
  ["redis://u:SECRET@h:99999", /"h:99999" is not HOST or HOST:PORT/],
  ["redis://u:SECRET@a,,b", /"" is not HOST/],
  ["redis://u:SECRET@h?db=3", /has a setting db/],
  ["redis://u:SECRET@h?prefix=a:b", /prefix "a:b" may hold letters/],
])("%s is refused as the user's mistake, its secret not shown", (url, message) => {
  let error: unknown;
  try {
    parseQueueUrl(url);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toMatch(message);
  expect((error as UserError).message).not.toContain("SECRET");
});
