"""The portal's speed and weight, held against floors written by hand. `python -m tests.bench --help`.

`floors` is what the portal is compared with, `college` the portal under test, `load` how two servers are
compared, `rows_*` the measurements, `gates` the arithmetic. docs/performance.md tells what came out.
"""
