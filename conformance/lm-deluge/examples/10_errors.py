response = await client.start(conv, skills=[skill])

if response.is_error:
    print(f"Error: {response.error_message}")
else:
    # Check for files
    for part in response.content.parts:
        if isinstance(part, ToolResult):
            if part.files:
                print(f"Generated {len(part.files)} file(s)")
            if part.result:
                print(f"Output: {part.result}")
