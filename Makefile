# `make` alone prints the targets. Every target sets up the environment first, where that is needed.
PYTHON ?= $(shell command -v python3 || command -v python)
RUN = $(PYTHON) bootstrap.py
STUDY ?=
SUITE ?=
FUZZ ?=
SEED ?=
FRESH ?=

.DEFAULT_GOAL := help
.PHONY: help report test test-faults mutants coverage audit test-slow test-spark lint messages lab bench picture fonts lock clean

help:  ## print this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'
	@echo "  STUDY=name chooses a study of reports/, for instance: make report STUDY=cdnow"
	@echo "  SUITE=name chooses a topic of tests/suites.py, FRESH=1 runs again what has passed: make test-slow SUITE=leads, make test-faults SUITE=kill"

report:  ## run the studies (all, or STUDY=name) and write reports/build/index.html
	@$(RUN) -m helpers report --jobs 2 $(STUDY)

test:  ## run the tests, every notebook included (about eleven minutes on two cores)
	@$(RUN) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow" --ignore-glob='*_faults.py'

test-faults:  ## run what goes wrong around a report: kill points, poisoned files, hostile studies and text, fuzzers (FUZZ=10000 examples each), mutants
	@HELPERS_FUZZ=$(or $(FUZZ),10000) HELPERS_SEED=$(or $(SEED),1) SEED=$(SEED) FRESH=$(FRESH) $(RUN) tests/suites.py --faults $(SUITE)

mutants:  ## change 200 signs in contracts, ledger and value arithmetic, one at a time: do the fast tests notice
	@SEED=$(SEED) $(RUN) tests/mutants.py

coverage:  ## measure which lines and branches the fast tests reach, per package (SUITE=ledger measures those test files)
	@$(RUN) tests/covered.py $(SUITE)

audit:  ## look through the locks: hashes, installed files, licences, and known vulnerabilities where it can ask
	@$(RUN) tests/audit.py

test-slow:  ## run the statistical suite: calibration and coverage over many simulations (long; goes on where it stopped)
	@FRESH=$(FRESH) $(RUN) tests/suites.py $(SUITE)

test-spark:  ## run the tests that need Spark (Java 17), in an environment of their own
	@$(RUN) tests/run_spark.py

lint:  ## check style of code and notebooks, and the types of the code
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy

messages:  ## print every sentence that pages can say, by name, and how much is translated
	@$(RUN) -m helpers messages
	@$(RUN) -m helpers translations

lab:  ## open JupyterLab on the notebooks
	@$(RUN) -m helpers lab

bench:  ## measure speed side by side with PyMC-Marketing (installs it into benchmarks/.work)
	@$(RUN) benchmarks/run.py

picture:  ## draw src/helpers/architecture.svg from the imports
	@$(RUN) tests/architecture.py

fonts:  ## for maintainers: take the fonts of Vietnamese and Thai pages anew from Noto (needs npm)
	@$(RUN) tests/fonts.py

lock:  ## for maintainers: resolve the dependencies again (needs uv on the PATH)
	uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-emit-index-url --group dev pyproject.toml -o requirements.txt
	@echo 'pyspark==4.3.*' | uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-header --no-annotate -c requirements.txt - -o requirements-spark.txt
	@printf 'pymc-marketing==1.3.*\nnutpie\npyarrow\n' | uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-header --no-annotate - -o benchmarks/requirements-peer.txt
	@printf 'name: customer-value-notebooks\nchannels: [conda-forge]\ndependencies:\n  - python=3.12\n  - pip\n  - pip:\n' > environment.yml
	@sed -nE 's/^([A-Za-z0-9_.-]+==[^ ]+)( ; [^\\]*[^ \\])? *\\$$/      - "\1\2"/p' requirements.txt >> environment.yml
	@echo '      - -e .' >> environment.yml

clean:  ## remove what was generated: reports, drafts, the simulated company, caches
	rm -rf reports/build reports/drafts data/demo .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find src tests notebooks -name __pycache__ -type d -prune -exec rm -rf {} +
