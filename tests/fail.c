/*
 * Preloaded into a program, makes one of its calls fail: the NTH call of CALL, and TIMES - 1 after it,
 * returns VALUE and sets errno to ERROR. What the libraries call themselves goes through, and does not
 * count. See with_failing in helper.bash.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/auxv.h>

#define QUOTED(name) #name
#define NAME(name) QUOTED(name)

/* No call of the programs has more arguments; who has fewer does not look at the rest. */
long CALL(long a, long b, long c, long d, long e)
{
	static int calls;
	Dl_info caller, program;

	dladdr(__builtin_return_address(0), &caller);
	dladdr((void *)getauxval(AT_PHDR), &program);
	if (caller.dli_fbase == program.dli_fbase) {
		int n = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);

		if (n >= NTH && n < NTH + TIMES) {
			errno = ERROR;
			return VALUE;
		}
	}
	return ((long (*)(long, long, long, long, long))dlsym(RTLD_NEXT, NAME(CALL)))(a, b, c, d, e);
}
