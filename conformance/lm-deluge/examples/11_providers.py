# This works
client = LLMClient("claude-4-sonnet")
await client.start(conv, skills=[skill])

# This raises NotImplementedError
client = LLMClient("gpt-4o")
await client.start(conv, skills=[skill])  # Error!
