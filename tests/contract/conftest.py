import importlib.util

# Other environments collect this folder as well, without the tool: tox -e contract.
collect_ignore = [] if importlib.util.find_spec("schemathesis") else ["test_schemathesis.py"]
