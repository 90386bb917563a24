// Vectors of VECTOR_FLOATS floats, and the few operations on them that have one exact meaning on every
// machine. Included once by each file that is compiled for one vector width.
#pragma STDC FP_CONTRACT OFF

typedef float Vector __attribute__((ext_vector_type(VECTOR_FLOATS), aligned(4)));

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

INLINE Vector load(const float *from) { return *(const Vector *)from; }
INLINE void store(float *to, Vector x) { *(Vector *)to = x; }
INLINE Vector splat(float x) { return (Vector)x; }

// a x b + c, rounded once.
INLINE Vector fused(Vector a, Vector b, Vector c) { return __builtin_elementwise_fma(a, b, c); }

// Written as a comparison and a choice, since the maximum instructions differ in how they treat zeros and
// NaN. `positive_part` keeps NaN, so that a failed computation shows.
INLINE Vector larger(Vector a, Vector b) { return a < b ? b : a; }
INLINE Vector positive_part(Vector a) { return a < splat(0) ? splat(0) : a; }
