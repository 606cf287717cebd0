/* Types and marks that every file has. */
#ifndef HACKLE_BASE_H
#define HACKLE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Readable bytes demanded after a text's end, writable ones after an output's end: blocks may overrun by that much. */
#define PADDING 64

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef int32_t i32;
typedef uint64_t u64;
typedef int64_t i64;
typedef __int128 i128;

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))

/* What one file has for others. All of them are compiled as one, by unity.c, so that the compiler sees through every
   call; a test may also compile and link each alone. */
#ifdef UNITY
#define INTERNAL static
#else
#define INTERNAL
#endif

#endif
