reference-errors = Errors of the interface
reference-errors-what = An error is a document of the type application/problem+json. Its code never changes; its words may. The whole interface is described in
reference-problems = Problems with single fields
reference-problems-what = The error invalid_input lists what is wrong field by field in its member “problems”, each with one of these codes.
