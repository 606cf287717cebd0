# Lambda's own Python: .pyc of another minor version would be ignored there, and every cold start would compile anew.
# A version manager's shim may exist and fail, so each is tried.
PYTHON3_13 ?= $(shell for p in python3.13 $(HOME)/.pyenv/versions/3.13.*/bin/python3.13; do \
	$$p -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null && echo $$p && break; done)

.PHONY: python3.13
python3.13:
	@$(or $(PYTHON3_13),false) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' || { echo "Lambda's Python 3.13" \
		"is needed, and was not found. Install it, or name it: make PYTHON3_13=/path/to/python3.13" >&2; exit 1; }
