namespace Ptewright.DeviceTree;

/// <summary>Walks the structure block of a blob token by token, once, forwards, checking every read against the blob.</summary>
/// <remarks>
/// A copy of a cursor goes on from where it was copied. No recursion and no stack: only the number of open nodes is kept.
/// Linux: <c>scripts/dtc/libfdt/fdt.c: fdt_next_tag</c>. Stricter than that: there is one root, all nodes end, and the properties
/// of a node come before its children, as the specification demands.
/// </remarks>
internal unsafe struct DeviceTreeCursor
{
    /// <summary>How many nodes may be open at a time. Linux: <c>drivers/of/fdt.c: FDT_MAX_DEPTH</c>.</summary>
    public const int MaxDepth = 64;

    private readonly byte* _data;
    private readonly uint _end;
    private readonly uint _strings;
    private readonly uint _stringsTerminated;
    private uint _next;
    private bool _hasRoot;
    private bool _isAfterChild;

    /// <summary>Stands before the first token of <paramref name="blob"/>.</summary>
    public DeviceTreeCursor(in DeviceTreeBlob blob)
    {
        this = default;
        _data = blob.Data;
        _end = blob.StructureEnd;
        _strings = blob.StringsStart;
        _stringsTerminated = blob.StringsTerminated;
        _next = blob.StructureStart;
    }

    /// <summary>The token that <see cref="Next"/> read last.</summary>
    public DeviceTreeToken Token { get; private set; }

    /// <summary>The offset of that token in the blob.</summary>
    public uint Offset { get; private set; }

    /// <summary>How many nodes are open behind that token: 1 in the root.</summary>
    public int Depth { get; private set; }

    /// <summary>The name of the node that began last, terminated by 0; the root's is empty.</summary>
    public byte* NodeName { get; private set; }

    /// <summary>The length of <see cref="NodeName"/> in bytes, the terminator not counted.</summary>
    public uint NodeNameLength { get; private set; }

    /// <summary>The property, when the token is <see cref="DeviceTreeToken.Property"/>.</summary>
    public DeviceTreeProperty Property { get; private set; }

    /// <summary>What is wrong, when the token is <see cref="DeviceTreeToken.Error"/>.</summary>
    public DeviceTreeFailure Failure { get; private set; }

    /// <summary>Reads the next token, passing over <see cref="DeviceTreeToken.Nop"/>.</summary>
    /// <returns>The token. Behind <see cref="DeviceTreeToken.End"/> and <see cref="DeviceTreeToken.Error"/> there is nothing: they come again.</returns>
    public DeviceTreeToken Next()
    {
        if (Token is not (DeviceTreeToken.End or DeviceTreeToken.Error))
        {
            Token = ReadToken();
        }

        return Token;
    }

    private DeviceTreeToken ReadToken()
    {
        uint token;
        do
        {
            if (Left < sizeof(uint))
            {
                // Padding behind a value may have moved on past the end.
                return Fail(DeviceTreeError.StructureUnterminated, _next < _end ? _next : _end, 0);
            }

            Offset = _next;
            token = DeviceTreeText.Read32(_data + _next);
            _next += sizeof(uint);
        }
        while (token == (uint)DeviceTreeToken.Nop);

        return token switch
        {
            (uint)DeviceTreeToken.BeginNode => ReadNode(),
            (uint)DeviceTreeToken.EndNode => CloseNode(),
            (uint)DeviceTreeToken.Property => ReadProperty(),
            (uint)DeviceTreeToken.End => Close(),
            _ => Fail(DeviceTreeError.UnknownToken, Offset, token),
        };
    }

    private DeviceTreeToken ReadNode()
    {
        if (Depth == 0 && _hasRoot)
        {
            return Fail(DeviceTreeError.SecondRoot, Offset, 0);
        }

        if (Depth == MaxDepth)
        {
            return Fail(DeviceTreeError.NodeTooDeep, Offset, MaxDepth);
        }

        uint length = DeviceTreeText.Length(_data + _next, Left);
        if (length == Left)
        {
            return Fail(DeviceTreeError.NodeNameUnterminated, Offset, 0);
        }

        NodeName = _data + _next;
        NodeNameLength = length;
        MoveBehind(length + 1);
        Depth++;
        _hasRoot = true;
        _isAfterChild = false;
        return DeviceTreeToken.BeginNode;
    }

    private DeviceTreeToken CloseNode()
    {
        if (Depth == 0)
        {
            return Fail(DeviceTreeError.UnmatchedEndNode, Offset, 0);
        }

        Depth--;
        _isAfterChild = true;
        return DeviceTreeToken.EndNode;
    }

    private DeviceTreeToken ReadProperty()
    {
        if (Depth == 0)
        {
            return Fail(DeviceTreeError.PropertyOutsideNode, Offset, 0);
        }

        if (_isAfterChild)
        {
            return Fail(DeviceTreeError.PropertyAfterChild, Offset, 0);
        }

        if (Left < DeviceTreeProperty.HeaderSize - sizeof(uint))
        {
            return Fail(DeviceTreeError.PropertyCutOff, Offset, 0);
        }

        uint length = DeviceTreeText.Read32(_data + _next);
        uint nameOffset = DeviceTreeText.Read32(_data + _next + sizeof(uint));
        _next += DeviceTreeProperty.HeaderSize - sizeof(uint);
        if (length > Left)
        {
            return Fail(DeviceTreeError.PropertyTooLong, Offset, length);
        }

        if (nameOffset >= _stringsTerminated - _strings)
        {
            return Fail(DeviceTreeError.PropertyNameOutside, Offset, nameOffset);
        }

        Property = new DeviceTreeProperty(_data + _strings + nameOffset, _data + _next, length, Offset);
        MoveBehind(length);
        return DeviceTreeToken.Property;
    }

    private DeviceTreeToken Close()
    {
        if (Depth != 0)
        {
            return Fail(DeviceTreeError.EndInsideNode, Offset, (ulong)Depth);
        }

        return _hasRoot ? DeviceTreeToken.End : Fail(DeviceTreeError.NoRoot, Offset, 0);
    }

    private DeviceTreeToken Fail(DeviceTreeError code, uint offset, ulong value)
    {
        Failure = new DeviceTreeFailure(code, offset, value);
        return DeviceTreeToken.Error;
    }

    // Bytes of the structure block that were not read yet.
    private readonly uint Left => _next < _end ? _end - _next : 0;

    // Tokens stand at multiples of 4. At the very end of 4 GiB the sum would wrap: then there is no further token.
    private void MoveBehind(uint bytes)
    {
        uint behind = _next + bytes;
        uint aligned = (behind + (sizeof(uint) - 1)) & ~(uint)(sizeof(uint) - 1);
        _next = aligned < behind ? _end : aligned;
    }
}
