// zod compiles schemas with `new Function` where it may; here the content security policy forbids it, and each try would
// be reported. This must run before the first schema is made.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
