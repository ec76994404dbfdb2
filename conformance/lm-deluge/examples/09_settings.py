client = LLMClient(
    "claude-4-sonnet",
    max_new_tokens=20_000,  # Allow room for code execution
    request_timeout=300,  # 5 minutes for complex file generation
)
