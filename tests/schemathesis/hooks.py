"""Loaded by Schemathesis, by SCHEMATHESIS_HOOKS."""

import schemathesis


@schemathesis.check
def valid_form_is_not_blamed(ctx, response, case):
    """A 422 that lists problems says that the form is wrong: never of a valid one."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if response.status_code == 422 and not isinstance(response.json()["detail"], str):
        raise AssertionError(f"A valid request was blamed for its form: {response.text}")


@schemathesis.hook
def filter_case(context, case):
    """With a decision_id the Idempotency-Key is not read, as its description says and no schema
    can: that a wrong one is let pass then shows nothing."""
    if case.meta is None or case.meta.generation.mode.is_positive:
        return True
    names_decision = isinstance(case.body, dict) and isinstance(case.body.get("decision_id"), str)
    has_key = any(name.lower() == "idempotency-key" for name in case.headers or {})
    return not (names_decision and has_key)
